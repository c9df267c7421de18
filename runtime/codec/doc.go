// Package codec is what generated decoders, validators and encoders are made
// of. It uses no reflection: bentoc writes one function a type, and those
// functions call the methods here.
//
// A decoder reads a request with a [Reader]:
//
//	func readGreetInput(r *codec.Reader, v *bentogen.GreetInput) {
//		var seen [1]bool
//		if !r.Object() {
//			return
//		}
//		for r.Field() {
//			switch string(r.Key()) {
//			case "name":
//				if r.First(&seen[0]) && r.String(&v.Name) {
//					r.MinRunes(v.Name, 1)
//				}
//			default:
//				r.Unknown()
//			}
//		}
//		r.Need(seen[0], "name")
//	}
//
// Every problem of a request is collected, with its place, up to [MaxProblems];
// only text that is no JSON at all ends the reading at once. The same constraint
// methods, on a [Checker], serve values that come from a user's step.
//
// Encoders append to a byte slice. What JSON cannot say they write all the same
// (NaN and infinities as the tokens that Python writes, texts that are not UTF-8 as
// they are), and [Encode] looks at the whole: it refuses that, or lets such numbers
// pass as the endpoint says, see [NonFinite].
package codec
