package ir

// SessionField is the field by which a call of a runner with state says which session it
// is of, and its answer which step of the session it was.
const SessionField = "session"

// MaxSessionKey is how long the key of a session may be, in characters.
const MaxSessionKey = 256

// State is what a runner keeps of a session from one call to the next.
type State struct {
	Tensors     map[string]StateTensor `json:"tensors,omitempty"` // by the input that takes it
	Overlap     map[string]int         `json:"overlap,omitempty"` // by input: how much of its last dimension
	MaxSessions int                    `json:"maxSessions,omitempty"`
	MaxBytes    int64                  `json:"maxBytes,omitempty"`
	TTLMs       float64                `json:"ttlMs,omitempty"`
	Pos         Pos                    `json:"-"`
}

// StateTensor is a tensor that is carried over.
type StateTensor struct {
	From  string `json:"from"`            // the output that it is after a call
	Shape []int  `json:"shape,omitempty"` // before the first call; nil: that of the model's file
	Pos   Pos    `json:"-"`
}

// From tells whether an output is carried over.
func (s *State) From(output string) bool {
	for _, t := range s.Tensors {
		if t.From == output {
			return true
		}
	}
	return false
}

// ModelInput is the type of what the runner takes where it runs a model of that
// signature: its tensors, without those that are carried over, and the session.
func (r *Runner) ModelInput(sig *Signature) *Type {
	if r.State == nil {
		return sig.InputType()
	}
	t := &Type{Kind: KindObject}
	for _, f := range sig.Inputs {
		if _, carried := r.State.Tensors[f.Name]; carried {
			continue
		}
		typ := f.Type()
		if n := len(typ.Shape); r.State.Overlap[f.Name] > 0 && n > 0 && typ.Shape[n-1].Size > 0 {
			typ.Shape = append([]Dim(nil), typ.Shape...)
			typ.Shape[n-1].Size -= int64(r.State.Overlap[f.Name])
		}
		t.Fields = append(t.Fields, Field{Name: f.Name, Type: typ, Required: true})
	}
	return WithSession(t, SessionAsk())
}

// ModelOutput is the type of what the runner gives, like [Runner.ModelInput].
func (r *Runner) ModelOutput(sig *Signature) *Type {
	if r.State == nil {
		return sig.OutputType()
	}
	t := &Type{Kind: KindObject}
	for _, f := range sig.Outputs {
		if !r.State.From(f.Name) {
			t.Fields = append(t.Fields, Field{Name: f.Name, Type: f.Type(), Required: true})
		}
	}
	return WithSession(t, SessionAnswer())
}

// WithSession gives an object with the session as its last field, unless it has one.
func WithSession(t, session *Type) *Type {
	if t == nil || t.Kind != KindObject || t.Field(SessionField) != nil {
		return t
	}
	with := *t
	with.Fields = append(append([]Field(nil), t.Fields...), Field{Name: SessionField, Type: session, Required: true, Pos: t.Pos})
	return &with
}

// SessionAsk is the type of the session of a call.
func SessionAsk() *Type {
	one, most := int64(1), int64(MaxSessionKey)
	return &Type{Kind: KindObject, Fields: []Field{
		{Name: "key", Type: &Type{Kind: KindString, MinLen: &one, MaxLen: &most}, Required: true,
			Doc: "Names the session. Whoever knows it can go on with the session, so it is to be hard to guess."},
		{Name: "step", Type: &Type{Kind: KindInt, Min: &Bound{Value: "1"}},
			Doc: "The number of the call in its session, from 1, which begins the session anew. Any other is refused with 409 if it is not the next. Where it is left out the call is the next one, or the first of a session that is not known."},
		{Name: "last", Type: &Type{Kind: KindBool}, Default: Const("false"),
			Doc: "Ends the session with this call."},
	}}
}

// SessionAnswer is the type of the session of an answer.
func SessionAnswer() *Type {
	return &Type{Kind: KindObject, Fields: []Field{
		{Name: "step", Type: &Type{Kind: KindInt, Min: &Bound{Value: "1"}}, Required: true,
			Doc: "The number of the call in its session: 1 says that the session began with it."},
	}}
}
