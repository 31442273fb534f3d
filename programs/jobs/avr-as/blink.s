; Toggles bit 5 of port B for ever.
        .equ DDRB, 0x04
        .equ PORTB, 0x05
        .equ LED, 5

        .macro wait rounds
        ldi r24, lo8(\rounds)
        ldi r25, hi8(\rounds)
1:      sbiw r24, 1
        brne 1b
        .endm

        .text
        .global main
main:
        sbi DDRB, LED
again:
        sbi PORTB, LED
        wait 50000
        cbi PORTB, LED
        wait 25000
        rjmp again

        .section .progmem.data, "a"
message:
        .asciz "blink"
        .word main, again
        .rept 3
        .byte 0xa5
        .endr
