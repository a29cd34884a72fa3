//! tollgate-ecl
