package sample

// Plan.
var plan = []Case{}
