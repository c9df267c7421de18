//go:build linux

#include "textflag.h"

// spread(a *arguments) follows the C calling convention: a is in R0. All eight
// arguments go into registers.
GLOBL ·trampoline(SB), NOPTR|RODATA, $8
DATA ·trampoline(SB)/8, $spread(SB)

TEXT spread(SB), NOSPLIT|NOFRAME, $0
	STP.W (R29, R30), -32(RSP)
	MOVD  RSP, R29
	MOVD  R0, 16(RSP)
	MOVD  R0, R9
	MOVD  0(R9), R10
	MOVD  16(R9), R1
	MOVD  24(R9), R2
	MOVD  32(R9), R3
	MOVD  40(R9), R4
	MOVD  48(R9), R5
	MOVD  56(R9), R6
	MOVD  64(R9), R7
	MOVD  8(R9), R0
	BL    (R10)
	MOVD  16(RSP), R9
	MOVD  R0, 72(R9)
	MOVD  $0, R0
	LDP.P 32(RSP), (R29, R30)
	RET
