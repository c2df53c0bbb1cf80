//! Tests of the whole engine: observations in, findings out.
