// Package include holds wasmrt.h, against which internal/capi is compiled. It is a package so that vendoring copies it.
package include
