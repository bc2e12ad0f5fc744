package sample

// Photos.
var photos = []Case{}
