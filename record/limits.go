package record

// DepthMax is the most lists and objects inside one another in a text that Parse accepts. The protocol needs 5 around a
// record. 64 leaves room for nested AWSJSON, and bounds the stack that a hostile text can use.
const DepthMax = 64

// namesLinearMax is the most names of one object that are compared one by one in the search for duplicates. For more
// names a set is built, so that a large object costs linear time.
const namesLinearMax = 24
