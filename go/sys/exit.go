// Package sys holds what guests see of the system around them: exit codes, clocks and file status.
package sys

import (
	"context"
	"fmt"
)

// Exit codes that stand for the end of a context. Guests cannot be told apart from them, so they are chosen out of the
// way.
const (
	// ExitCodeContextCanceled is the code of a module closed because a context was canceled.
	ExitCodeContextCanceled uint32 = 0xffffffff
	// ExitCodeDeadlineExceeded is the code of a module closed because a context's deadline passed.
	ExitCodeDeadlineExceeded uint32 = 0xefffffff
)

// ExitError is what a call returns whose module was closed, by the guest itself or from outside.
//
// It is returned by pointer and never wrapped by this library. A code of zero means success.
type ExitError struct {
	exitCode uint32
}

var exitZero = &ExitError{}

// NewExitError returns the error for an exit code.
func NewExitError(exitCode uint32) *ExitError {
	if exitCode == 0 {
		return exitZero
	}
	return &ExitError{exitCode: exitCode}
}

// ExitCode is the code the module was closed with.
func (e *ExitError) ExitCode() uint32 { return e.exitCode }

// Error implements error.
func (e *ExitError) Error() string {
	switch e.exitCode {
	case ExitCodeContextCanceled:
		return "module closed with " + context.Canceled.Error()
	case ExitCodeDeadlineExceeded:
		return "module closed with " + context.DeadlineExceeded.Error()
	}
	return fmt.Sprintf("module closed with exit_code(%d)", e.exitCode)
}

// Is matches another ExitError of the same code, and the context error that the code stands for.
func (e *ExitError) Is(err error) bool {
	if other, ok := err.(*ExitError); ok {
		return e.exitCode == other.exitCode
	}
	switch e.exitCode {
	case ExitCodeContextCanceled:
		return err == context.Canceled
	case ExitCodeDeadlineExceeded:
		return err == context.DeadlineExceeded
	}
	return false
}
