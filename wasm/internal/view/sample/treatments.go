package sample

// Treatments and back-filling.
var treatments = []Case{}
