package record

// DepthMax is how many lists and objects may lie inside one another in a text that Parse accepts.
// The protocol needs 5 around a record; 64 leaves room for AWSJSON-like nesting and bounds the
// stack that a hostile text can use.
const DepthMax = 64

// namesLinearMax is the number of names of one object that are compared one by one when looking for
// duplicates; beyond, a set is built so that a large object stays linear.
const namesLinearMax = 24
