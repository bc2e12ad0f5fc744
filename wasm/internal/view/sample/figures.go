package sample

// Figures and measures.
var figures = []Case{}
