/* forms.h - template (width.h): the functions that vectors of this width are passed to in
 * registers. */

#define FORM(f)                                                                                    \
  static F N(call_##f##_f32)(F x) { return N(f##_f32)(x); }                                        \
  static D N(call_##f##_f64)(D x) { return N(f##_f64)(x); }
AG_VMATH_UNARY(FORM)
#undef FORM
#define FORM(f)                                                                                    \
  static F N(call_##f##_f32)(F a, F b) { return N(f##_f32)(a, b); }                                \
  static D N(call_##f##_f64)(D a, D b) { return N(f##_f64)(a, b); }
AG_VMATH_BINARY(FORM)
#undef FORM
