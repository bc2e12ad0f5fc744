package sample

// The bleed's form, body map and prompts.
var bleeds = []Case{}
