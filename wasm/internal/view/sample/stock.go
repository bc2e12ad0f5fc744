package sample

// Stock.
var stock = []Case{}
