package diary

import "strconv"

// A Problem is what is wrong with a field, for the catalogue: "problem.future".
type Problem string

const (
	Missing   Problem = "missing"
	Future    Problem = "future"    // more than ten minutes ahead
	Past      Problem = "past"      // before anything that could be meant
	Zero      Problem = "zero"      // an amount of nothing
	Absurd    Problem = "absurd"    // an amount no dose has
	Order     Problem = "order"     // an end before its start
	Long      Problem = "long"      // above the limit of the field
	Many      Problem = "many"      // too many in a list
	Letters   Problem = "letters"   // control characters or invalid UTF-8
	Unknown   Problem = "unknown"   // not in the reference data
	Repeated  Problem = "repeated"  // twice in a list
	Misplaced Problem = "misplaced" // does not go with another field
)

// Key is the catalogue key.
func (p Problem) Key() string { return "problem." + string(p) }

// A FieldError says which field of an entry is wrong, and how. Fields are named
// "taken", "amount", "lots.0.batch".
type FieldError struct {
	Field   string
	Problem Problem
}

func (e FieldError) Error() string { return "field " + e.Field + ": " + string(e.Problem) }

// FieldErrors is all that is wrong with an entry, in the order of its fields.
// Validate returns it.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	s := ""
	for i, f := range e {
		if i > 0 {
			s += "; "
		}
		s += f.Error()
	}
	return s
}

// Of is the first problem of a field, empty if it has none.
func (e FieldErrors) Of(field string) Problem {
	for _, f := range e {
		if f.Field == field {
			return f.Problem
		}
	}
	return ""
}

func (e *FieldErrors) add(field string, p Problem) {
	*e = append(*e, FieldError{field, p})
}

// err is e as an error, nil if e is empty.
func (e FieldErrors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// A BodyError says why the bytes of a statement are not an entry. It carries
// no content.
type BodyError struct {
	Field  uint16 // 0: the body as a whole
	Reason string
}

func (e *BodyError) Error() string {
	if e.Field == 0 {
		return "entry body: " + e.Reason
	}
	return "entry body, field " + strconv.Itoa(int(e.Field)) + ": " + e.Reason
}
