//! What a plan is worth: monthly cash by line, tax, value.
