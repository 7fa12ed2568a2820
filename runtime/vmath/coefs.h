/* coefs.h - constants of the functions, one copy for all widths.
 *
 * Every polynomial is the minimax one for the relative error of the FUNCTION's value (not of the
 * polynomial) over the interval beside it: Remez exchange in 70 digits on a Chebyshev grid, then
 * rounded; rounded floats of f32 were fixed one after another from the lowest power, the rest
 * fitted again. The exponent beside each is that error, before the rounding errors of evaluation.
 */
#ifndef AG_VMATH_COEFS_H
#define AG_VMATH_COEFS_H

#define LOG2E 0x1.71547652b82fep0
/* High parts end in zeros: their products with an exponent are exact. */
#define LN2_HIGH_F 0x1.62e8p-1f
#define LN2_LOW_F (-0x1.e8082ep-16f)
#define LN2_HIGH_D 0x1.62e42fefa4p-1
#define LN2_LOW_D (-0x1.8432a1b0e2634p-43)
#define TWO_OVER_PI 0x1.45f306dc9c883p-1
/* pi/2 in three parts of 53 bits; and in 31 + 53 bits. */
#define PIO2_1 0x1.921fb54442d18p0
#define PIO2_2 0x1.1a62633145c07p-54
#define PIO2_3 (-0x1.f1976b7ed8fbcp-110)
#define PIO2_31 0x1.921fb544p0
#define PIO2_53 0x1.0b4611a626331p-34

/* (exp(r) - 1 - r) / r^2, |r| <= ln2/2.  2^-28.2, 2^-56.7 */
static const float exp_f32_c[] = {0x1.fffffcp-2f, 0x1.55548ap-3f, 0x1.55584cp-5f, 0x1.123f52p-7f,
                                  0x1.6ad72ep-10f};
static const double exp_f64_c[] = {
    0x1.000000000000ap-1,  0x1.55555555554f7p-3,  0x1.5555555550773p-5,  0x1.1111111128528p-7,
    0x1.6c16c1846b4d2p-10, 0x1.a01a0127df0c4p-13, 0x1.a019994c8362ap-16, 0x1.71df29594d824p-19,
    0x1.28ae2f5ead18fp-22, 0x1.ad7b657193b58p-26};

/* (log(1 + f) - f + f^2/2) / f^3, sqrt(1/2) <= 1 + f <= sqrt(2).  2^-28.5, 2^-56.2 */
static const float log_f32_c[] = {0x1.555548p-2f,  -0x1.000072p-2f, 0x1.99a546p-3f,
                                  -0x1.552e42p-3f, 0x1.2301e2p-3f,  -0x1.00e6e4p-3f,
                                  0x1.ef9770p-4f,  -0x1.c296e4p-4f, 0x1.c3c3dep-5f};
static const double log_f64_c[] = {
    0x1.5555555555533p-2, -0x1.fffffffffef19p-3, 0x1.999999999f6f5p-3, -0x1.555555566ae90p-3,
    0x1.24924922a5f8dp-3, -0x1.ffffff2c29dbep-4, 0x1.c71c71df76c35p-4, -0x1.9999c262ef457p-4,
    0x1.745d3f2685b0ep-4, -0x1.5550ef328d90ep-4, 0x1.3b0b891e28ba1p-4, -0x1.24d74528ef213p-4,
    0x1.11ccf7fe40e29p-4, -0x1.fba24445b1faep-5, 0x1.d05b312e29d19p-5, -0x1.d11e42b8f517ap-5,
    0x1.0a609310e8892p-4, -0x1.ea061f3764179p-5, 0x1.ac7a2da18db04p-6};

/* (sin(r) - r) / r^3 in r^2, |r| <= pi/2, for f32 results.  2^-27.3 */
static const double sin_f32_c[] = {-0x1.55554bc876686p-3, 0x1.110ed3863115ep-7,
                                   -0x1.9f6fff1ed2a1cp-13, 0x1.5dbde9cbde488p-19};
/* (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4, for f32 results.  2^-33.2 */
static const double cos_f32_c[] = {0x1.55554aa68d9a8p-5, -0x1.6c0c831cc9213p-10,
                                   0x1.99ffbb61679d0p-16};
/* (sin(r) - r) / r^3 and (cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4.  2^-58.0, 2^-64.1 */
static const double sin_f64_c[] = {-0x1.5555555555549p-3,  0x1.111111110f893p-7,
                                   -0x1.a01a019c1244cp-13, 0x1.71de3576e3ee3p-19,
                                   -0x1.ae5e64c6de4a9p-26, 0x1.5d92665c050f0p-33};
static const double cos_f64_c[] = {0x1.555555555554cp-5,  -0x1.6c16c16c15211p-10,
                                   0x1.a01a019cbce3bp-16, -0x1.27e4f8103916ap-22,
                                   0x1.1ee9ef3a9e879p-29, -0x1.8fafece767d66p-37};

/* (tanh(x) - x) / x^3 in x^2, 0 <= x <= 1.  2^-27.5 */
static const float tanh_f32_c[] = {-0x1.55553cp-2f, 0x1.110be4p-3f, -0x1.b96242p-5f, 0x1.600a0ap-6f,
                                   -0x1.0461bp-7f,  0x1.2da6b8p-9f, -0x1.77df88p-12f};

/* (sinh(r) - r) / r^3 and (cosh(r) - 1) / r^2 in r^2, |r| <= ln2/2.  2^-61.3, 2^-65.2 */
static const double sinh_f64_c[] = {0x1.5555555555559p-3, 0x1.111111110f64cp-7,
                                    0x1.a01a01b0122ccp-13, 0x1.71ddf7d4edf6ap-19,
                                    0x1.af5fb0eb568dbp-26};
static const double cosh_f64_c[] = {0x1.p-1,
                                    0x1.555555555555cp-5,
                                    0x1.6c16c16c13e7dp-10,
                                    0x1.a01a01b1b0e43p-16,
                                    0x1.27e4c498eaffcp-22,
                                    0x1.1f95e7c979a59p-29};

/* (atan(t) - t) / t^3 in t^2, |t| <= tan(pi/8).  2^-57.4 */
static const double atan_f64_c[] = {
    -0x1.555555555553dp-2, 0x1.99999999957bp-3,  -0x1.24924922a9888p-3, 0x1.c71c70e4bd0d8p-4,
    -0x1.745cf8b9f1c8ap-4, 0x1.3b1116e605c18p-4, -0x1.10eba0c592b6ep-4, 0x1.df0e087f7e4a7p-5,
    -0x1.9ccd56f9bb06ap-5, 0x1.37c8878c22332p-5, -0x1.254ec004d734ap-6};
/* (asin(w) - w) / w^3 in w^2, |w| <= 1/2.  2^-58.7 */
static const double asin_f64_c[] = {
    0x1.5555555555577p-3, 0x1.333333332e1p-4,   0x1.6db6db7214349p-5, 0x1.f1c71a946223ep-6,
    0x1.6e8bdeee0ea91p-6, 0x1.1c49ef80fc4d6p-6, 0x1.ca1fa000d5925p-7, 0x1.7584fef469c43p-7,
    0x1.613f595ba843bp-7, 0x1.e5ce354312872p-9, 0x1.63a7a1b3cd61bp-6, -0x1.580c5dfa16e0dp-6,
    0x1.0b4b227ec65b9p-5};

/* (atanh(s)/s - 1 - s^2/3) / s^4 in s^2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1).  2^-66 */
static const double pow_log_f64_c[] = {
    0x1.9999999999996p-3, 0x1.249249249302fp-3, 0x1.c71c71c580f04p-4, 0x1.745d183220797p-4,
    0x1.3b1362c028a0ep-4, 0x1.1120b4829f437p-4, 0x1.de33911c87389p-5, 0x1.eb106b0e672aep-5};
/* As for log and exp, for the pow of floats.  2^-38.2, 2^-34.1 */
static const double pow_log_f32_c[] = {
    0x1.55555560a20f5p-2, -0x1.000000c1428b8p-2, 0x1.99998b32c925dp-3, -0x1.5554a145a91e1p-3,
    0x1.2494b886b5d56p-3, -0x1.001df31d49e1ep-3, 0x1.c6e16191ea9f2p-4, -0x1.9511d8d80560fp-4,
    0x1.72489a674af9cp-4, -0x1.7c63a15e41e5cp-4, 0x1.7564a5a33dcb5p-4, -0x1.8b1b3988e6678p-5};
static const double pow_exp_f32_c[] = {0x1.0000003ab46a9p-1,  0x1.5555543debb54p-3,
                                       0x1.55548c59797c7p-5,  0x1.111275ccde26bp-7,
                                       0x1.6d8e6634d2724p-10, 0x1.9f04df60b6de1p-13};

#endif
