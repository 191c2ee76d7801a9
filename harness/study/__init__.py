"""Studies: many searches from one file, each a cell of a grid."""
