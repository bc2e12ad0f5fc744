package sample

// Contact, card and access log.
var contact = []Case{}
