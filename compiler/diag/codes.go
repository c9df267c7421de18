package diag

// Code names one kind of mistake. Codes are stable: scripts and suppression
// lists rely on them, so a code is never renamed or used for something else.
type Code string

// The codes, by the phase that finds them. [Explain] has a text for each.
const (
	// Reading and evaluating CUE.
	Syntax          Code = "syntax"
	UnknownField    Code = "unknown-field"
	MissingField    Code = "missing-field"
	WrongType       Code = "wrong-type"
	BadValue        Code = "bad-value"
	Conflict        Code = "conflict"
	Incomplete      Code = "incomplete"
	ImportNotFound  Code = "import-not-found"
	OutsideModule   Code = "outside-module"
	EvalLimit       Code = "evaluation-limit"
	NoBento         Code = "no-bento"
	OneOf           Code = "one-of"
	UnsupportedType Code = "unsupported-type"
	StaleSchema     Code = "stale-schema"

	// Graphs and their edges.
	ComputedEdge    Code = "computed-edge"
	DanglingEdge    Code = "dangling-edge"
	MissingInput    Code = "missing-input"
	UnknownInput    Code = "unknown-input"
	TypeMismatch    Code = "type-mismatch"
	Cycle           Code = "cycle"
	UnreachableNode Code = "unreachable-node"
	UnknownRunner   Code = "unknown-runner"
	UnknownGraph    Code = "unknown-graph"

	// Services and their surroundings.
	DuplicateRoute  Code = "duplicate-route"
	BadRoute        Code = "bad-route"
	ResourceBounds  Code = "resource-bounds"
	BadPlatform     Code = "bad-platform"
	UnusedRunner    Code = "unused-runner"
	UnusedModel     Code = "unused-model"
	MissingFile     Code = "missing-file"
	MissingStep     Code = "missing-step"
	StepSignature   Code = "step-signature"
	StaleGenerated  Code = "stale-generated"
	UnsupportedPart Code = "unsupported"

	// Models.
	BadModel          Code = "bad-model"
	SignatureConflict Code = "signature-conflict"
	UnknownTensor     Code = "unknown-tensor"

	// The lock.
	LockMissing  Code = "lock-missing"
	LockStale    Code = "lock-stale"
	LockCorrupt  Code = "lock-corrupt"
	LockTooNew   Code = "lock-too-new"
	LockMismatch Code = "lock-mismatch"

	// Building.
	StepCompile Code = "step-compile"
	BuildStep   Code = "build-step"
)
