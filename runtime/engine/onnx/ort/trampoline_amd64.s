//go:build linux

#include "textflag.h"

// spread(a *arguments) follows the C calling convention: a is in DI. It loads
// the arguments as the System V ABI wants them, calls a.fn, and stores the
// result.
GLOBL ·trampoline(SB), NOPTR|RODATA, $8
DATA ·trampoline(SB)/8, $spread(SB)

TEXT spread(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	SUBQ  $32, SP     // two stack arguments, a, alignment
	MOVQ  DI, 24(SP)
	MOVQ  DI, R11
	MOVQ  56(R11), AX // a[6]
	MOVQ  AX, 0(SP)
	MOVQ  64(R11), AX // a[7]
	MOVQ  AX, 8(SP)
	MOVQ  8(R11), DI
	MOVQ  16(R11), SI
	MOVQ  24(R11), DX
	MOVQ  32(R11), CX
	MOVQ  40(R11), R8
	MOVQ  48(R11), R9
	XORL  AX, AX      // no floating-point arguments
	MOVQ  0(R11), R10
	CALL  R10
	MOVQ  24(SP), DI
	MOVQ  AX, 72(DI)  // result
	XORL  AX, AX
	MOVQ  BP, SP
	POPQ  BP
	RET
