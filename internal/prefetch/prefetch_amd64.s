#include "textflag.h"

// func write(p unsafe.Pointer, size uintptr)
TEXT ·write(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ size+8(FP), CX
	ADDQ AX, CX
	ANDQ $~63, AX // the first line

next:
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08 // PREFETCHW (AX), which the assembler does not know
	ADDQ $64, AX
	CMPQ AX, CX
	JLO  next
	RET

// func knowsWrite() bool
TEXT ·knowsWrite(SB), NOSPLIT, $0-1
	MOVL $0x80000001, AX
	CPUID
	SHRL $8, CX
	ANDL $1, CX
	MOVB CX, ret+0(FP)
	RET
