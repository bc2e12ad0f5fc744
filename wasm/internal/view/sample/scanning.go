package sample

// Scanning codes.
var scanning = []Case{}
