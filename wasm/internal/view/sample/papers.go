package sample

// Printing, export and import.
var papers = []Case{}
