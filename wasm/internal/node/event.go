package node

// An Event is what the page tells the app.
type Event struct {
	// Kind is one of:
	//   start    the page is there; Fragment and Lang are set, Fields online,
	//            installed and passkey ("yes" if the browser has passkeys)
	//   act      a button, a form or a live field; Act, ID and Fields are set
	//   online, offline, hidden, visible
	//   update   a newer release of the app is waiting
	//   storage  the answer to the command: Fields kept ("yes") and used (bytes)
	//   camera   Fields: on ("yes") once it runs, or failed (a name such as
	//            "NotAllowedError"), or text and format of a code that the browser
	//            has found, or width and height of the picture in Files, in
	//            shades of grey; with picture ("yes") it is from a file
	//   passkey  the answer to a PasskeyRequest: Fields how ("create" or "get") and
	//            failed (a name such as "NotAllowedError"); Files "id", the
	//            credential, and "prf", its secret answer, if it gave one
	//   take     another tab wants to work in place of this one
	Kind string

	Act      string            // data-act or data-live
	ID       string            // the id of the element with the act, may be empty
	Fields   map[string]string // named fields of the form, and name and value of the button
	Files    []File            // what was chosen in file fields
	Fragment string            // without "#"; the page has already removed it from the address
	Lang     string            // the first language the browser asks for, such as "de-AT"
}

// A File is a file the user has chosen. Its content is in memory only.
type File struct {
	Field string // the name of the field
	Name  string
	Type  string // as the browser takes it to be
	Data  []byte
}
