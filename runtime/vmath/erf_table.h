/* erf_table.h - erf in 16 intervals of |x|.
 * Doubles. Row 0: |x| < 45/64, erf(x)/x - 1 in x^2. Row i: around the centre c = 135/256 + 45/128
 * i, the value erf(c) rounded and what that lost, then (erf(c + d) - erf(c)) / d in d, |d| <=
 * 45/256. Minimax polynomials as in coefs.h; relative to erf(x) all are within 2^-58.5, before the
 * rounding of coefficients.
 *
 * Floats. Row 0: |x| < 40/71, likewise. Row i: the centre c near 16/71 (i + 2), so chosen that
 * erf(c) is a float but for 3% of a unit in its last place, and most for a ten thousandth (Gal
 * 1986); that float; and the same quotient in d, |d| < 0.12. Relative to erf(x) within 2^-27.5.
 *
 * AVX-512 permutes columns held in registers, as does AVX2 those of floats; the others load and
 * transpose rows. */
#ifndef AG_VMATH_ERF_TABLE_H
#define AG_VMATH_ERF_TABLE_H

#define ERF_WIDTH 14
#define ERF_WIDTH_F 7

/* clang-format off */
#define ERF_ROWS(ROW) \
  ROW(0, 0, 0, \
      0x1.06eba8214db69p-3, -0x1.812746b0379e7p-2, 0x1.ce2f21a042bdap-4, \
      -0x1.b82ce31288683p-6, 0x1.565bcd0e52fdcp-8, -0x1.c02db3f7e225bp-11, \
      0x1.f9a32511d1469p-14, -0x1.f4d212f59777bp-17, 0x1.b9df6ce6f096p-20, \
      -0x1.5ef687be1437cp-23, 0x1.f20eb094b0bacp-27, -0x1.0d488caa56892p-30) \
  ROW(1, 0x1.927e09cd80e6fp-1, -0x1.b818794b73fd5p-55, \
      0x1.0ad5c5a5afd1dp-1, -0x1.d50bc56d3f0f3p-2, 0x1.83c432538b1e2p-4, \
      0x1.c6fd4f1ea0b4p-4, -0x1.1449834f09266p-4, -0x1.4318a15fb4c4dp-7, \
      0x1.2fb2ab08a89dbp-6, -0x1.00e76ce6bbd01p-9, -0x1.a63a82641a04p-9, \
      0x1.df7f76c8937bap-11, 0x1.8c99ab0e060ep-12, -0x1.90b8e6070817cp-13) \
  ROW(2, 0x1.d619ecddba234p-1, -0x1.b8bb93582ebb6p-57, \
      0x1.fc70b9fc92a8ap-3, -0x1.38cf5a6ce43afp-2, 0x1.57b947b12171ep-3, \
      -0x1.7720a9709fd43p-10, -0x1.96b2df0b25244p-5, 0x1.53df464ef53bap-6, \
      0x1.28b820b1408ebp-8, -0x1.7e98494240097p-8, 0x1.773ff32aa8192p-11, \
      0x1.c3c35a5c7eaebp-11, -0x1.3f16922232d97p-12, -0x1.197d58b59eda8p-14) \
  ROW(3, 0x1.f3107ec56b28ap-1, -0x1.015c56d17a2a8p-57, \
      0x1.7a507ad7e037dp-4, -0x1.2b40a92bc2dbdp-3, 0x1.f921913b04661p-4, \
      -0x1.90213932b23d6p-5, -0x1.8ef8edf2e8b11p-8, 0x1.0a005ed338285p-6, \
      -0x1.81f259906b393p-8, -0x1.2d6cf3d7a17eep-10, 0x1.9625d7579f31cp-10, \
      -0x1.2b9f48ae54891p-12, -0x1.66b5bd9b3b1a5p-13, 0x1.6d439774a73b5p-14) \
  ROW(4, 0x1.fccd299a2dfffp-1, -0x1.4f938baa4b348p-55, \
      0x1.b7af4b4637378p-6, -0x1.a915f9466261ap-5, 0x1.daae7173afefap-5, \
      -0x1.3d39a8ed38b7p-5, 0x1.9bcc40e6b2ec6p-7, 0x1.23d3f53380c6fp-9, \
      -0x1.14b48cb2a1dbap-8, 0x1.99f763acc5ecdp-10, 0x1.389e45b1c092ep-13, \
      -0x1.5ff699841eb1p-12, 0x1.808fb2b9091ep-14, 0x1.600966955f3e3p-16) \
  ROW(5, 0x1.ff5eb50c9dac2p-1, 0x1.97f6bfdaf01ecp-57, \
      0x1.8f182c2636516p-8, -0x1.c7ff1e71a910fp-7, 0x1.3a155082b9ef3p-6, \
      -0x1.1add801515805p-6, 0x1.48a9bdd813d18p-7, -0x1.8df30c2638c5cp-9, \
      -0x1.a9864129558d2p-12, 0x1.cea5fbad4afb7p-11, -0x1.83230692bdc97p-12, \
      0x1.8d7eb3d509c13p-17, 0x1.d19ac415f6d2cp-15, -0x1.7b49fe595d76cp-16) \
  ROW(6, 0x1.ffe6ca7901c1ap-1, -0x1.376574d9384e3p-55, \
      0x1.1aea2f0390f4p-10, -0x1.74fbbcfb339c5p-9, 0x1.303dbd2dd46dcp-8, \
      -0x1.52ef701360c9fp-8, 0x1.0a32cf70a1e74p-8, -0x1.1f2959250585bp-9, \
      0x1.6649306033948p-11, 0x1.3ed6bef38a60dp-16, -0x1.2e0d4be082d61p-13, \
      0x1.3061856b70f3cp-14, -0x1.6b00ca78b0e85p-17, -0x1.9c69802921bb6p-18) \
  ROW(7, 0x1.fffce20a841d4p-1, 0x1.f1430a8f9c143p-55, \
      0x1.3943bcd086af5p-13, -0x1.d40fb59d91373p-12, 0x1.b820ab813ee6cp-11, \
      -0x1.21cd18fdda964p-10, 0x1.186241583eeap-10, -0x1.9404395d9ac2ep-11, \
      0x1.a6dcb03820156p-12, -0x1.1d8400077f3a5p-13, 0x1.926eed0bcc9c9p-17, \
      0x1.1dd78d06068ap-16, -0x1.77b7bba908ec2p-17, 0x1.8c0bbd55f6d0ap-19) \
  ROW(8, 0x1.ffffb21e8a52dp-1, -0x1.6f5385ecbb33p-58, \
      0x1.0ee6fe26d2156p-16, -0x1.c462bd69d3b29p-15, 0x1.e10ead0628f13p-14, \
      -0x1.6bf71bd9cb88p-13, 0x1.9e13854c1c51ap-13, -0x1.6bed09449027ap-13, \
      0x1.f15de7186d0ap-14, -0x1.03504e44f307p-14, 0x1.7f07662250ae7p-16, \
      -0x1.1dbd479b238dcp-18, -0x1.422256a4ff721p-20, 0x1.5b1b6e6c593a5p-20) \
  ROW(9, 0x1.fffffa02aec26p-1, -0x1.77b51ef7fd3d2p-56, \
      0x1.6dec5002f5101p-20, -0x1.51b154d6ba9cp-18, 0x1.90460563f4d9dp-17, \
      -0x1.55408212465f9p-16, 0x1.bbd6bf51fdb9fp-16, -0x1.c7211aba09fbbp-16, \
      0x1.7657d95d474dfp-16, -0x1.efdef47bfcd16p-17, 0x1.0534443955474p-17, \
      -0x1.a2c01e4cd988cp-19, 0x1.b2f2988ed019bp-21, -0x1.b4a7648b35142p-26) \
  ROW(10, 0x1.ffffffa334eb8p-1, -0x1.7c164afeef6dep-55, \
      0x1.8205c3ad52e9ap-24, -0x1.862b538770c24p-22, 0x1.fdbad0c0138f8p-21, \
      -0x1.e2b0f6324d0adp-20, 0x1.6012474e3e67cp-19, -0x1.9a1cc5b973cb3p-19, \
      0x1.85e88d17aef52p-19, -0x1.323724bcb610bp-19, 0x1.8e9455bb07038p-20, \
      -0x1.aaddc3257a3b7p-21, 0x1.70c89dddd9321p-22, -0x1.d557a01d5ae8cp-24) \
  ROW(11, 0x1.fffffffb95f63p-1, -0x1.f7f5384dff06ep-55, \
      0x1.3e0a21b57916ap-28, -0x1.5d68a188a5b93p-26, 0x1.f293d890d7cd4p-25, \
      -0x1.0351701a31e57p-23, 0x1.a27075d20c551p-23, -0x1.0fe5fa7499ff1p-22, \
      0x1.2393adca245cfp-22, -0x1.06124969348fep-22, 0x1.8e6058b1e5cfp-23, \
      -0x1.01006793cea97p-23, 0x1.1d0645d6c6d5bp-24, -0x1.01bcd766c5ddfp-25) \
  ROW(12, 0x1.ffffffffd5c81p-1, -0x1.c0b6279ec38d7p-57, \
      0x1.9948db8629e98p-33, -0x1.e5a0327891ee6p-31, 0x1.779c5e100daaap-29, \
      -0x1.a96fc67a7cc03p-28, 0x1.77a95c22effb9p-27, -0x1.0ccaaf7e7fc4fp-26, \
      0x1.3fc50dbd7da2fp-26, -0x1.41d09265eb107p-26, 0x1.15193097be98fp-26, \
      -0x1.9bbe30b0d9095p-27, 0x1.0fc734349c83p-27, -0x1.2c756fb68b42dp-28) \
  ROW(13, 0x1.fffffffffec32p-1, -0x1.588c43fdffeabp-55, \
      0x1.9b5a88a064bc5p-38, -0x1.061e104f6935fp-35, 0x1.b4d33307d3063p-34, \
      -0x1.0b6d28815bbc5p-32, 0x1.0044bfdf793eep-31, -0x1.8fccadcea7eb2p-31, \
      0x1.04a51f2794e7p-30, -0x1.2154fc3de02fap-30, 0x1.14d56bb21e9d6p-30, \
      -0x1.cdc6eb5238f2p-31, 0x1.5e0f9e99ddb4ap-31, -0x1.bfc9d0e7b6cc6p-32) \
  ROW(14, 0x1.fffffffffff8bp-1, 0x1.94030627d5909p-55, \
      0x1.42e328849cd03p-43, -0x1.b7def5739d81dp-41, 0x1.88c3ed73e0277p-39, \
      -0x1.025e7a5494cc5p-37, 0x1.0ada5ee3514d1p-36, -0x1.c243ae34ca0c2p-36, \
      0x1.3ec147c8499ccp-35, -0x1.81fe9ae58c8a1p-35, 0x1.94de1e2bac50ap-35, \
      -0x1.74cc351273feep-35, 0x1.3dd2d0262bb9cp-35, -0x1.c9009adb7e5adp-36) \
  ROW(15, 0x1.ffffffffffffep-1, -0x1.a30e219c9c1f5p-57, \
      0x1.8be10132f692fp-49, -0x1.1f0d068013e8bp-46, 0x1.11656b0b5eb55p-44, \
      -0x1.808472f1445p-43, 0x1.a9984cd51c7a9p-42, -0x1.81d45ae30c8e5p-41, \
      0x1.266a0b76d7c7dp-40, -0x1.819ce847c671cp-40, 0x1.b6eae45884602p-40, \
      -0x1.b8eb6aad0467ap-40, 0x1.a0ee75082cfa6p-40, -0x1.4aee5d818dfabp-40)

#define ERF_ROWS_F(ROW) \
  ROW(0, 0x0p0f, 0x0p0f, 0x1.06eba8p-3f, -0x1.81271ep-2f, \
      0x1.ce1caap-4f, -0x1.b57872p-6f, 0x1.2d8092p-8f) \
  ROW(1, 0x1.5a55dep-1f, 0x1.528e88p-1f, 0x1.6d99bp-1f, -0x1.ee9bcp-2f, \
      -0x1.4b2f98p-6f, 0x1.567abep-3f, -0x1.39f6d8p-5f) \
  ROW(2, 0x1.cde628p-1f, 0x1.98915p-1f, 0x1.0004p-1f, -0x1.cded4cp-2f, \
      0x1.ac869p-4f, 0x1.a62b8p-4f, -0x1.1612acp-4f) \
  ROW(3, 0x1.2070f2p0f, 0x1.c72294p-1f, 0x1.44a676p-2f, -0x1.6dcac8p-2f, \
      0x1.4d173ap-3f, 0x1.c62a3cp-6f, -0x1.f34e82p-5f) \
  ROW(4, 0x1.59af5ep0f, 0x1.e33cbcp-1f, 0x1.7528aep-3f, -0x1.f7e44p-3f, \
      0x1.493884p-3f, -0x1.ac1d6cp-6f, -0x1.143396p-5f) \
  ROW(5, 0x1.9444acp0f, 0x1.f2edbcp-1f, 0x1.7dbf9p-4f, -0x1.2d6cf4p-3f, \
      0x1.fb6d9p-4f, -0x1.8d09dp-5f, -0x1.b52868p-8f) \
  ROW(6, 0x1.cd71c8p0f, 0x1.fa7896p-1f, 0x1.66c012p-5f, -0x1.43542ap-4f, \
      0x1.48bf0ep-4f, -0x1.780662p-5f, 0x1.26417p-7f) \
  ROW(7, 0x1.039b3ap1f, 0x1.fde30ap-1f, 0x1.2e476cp-6f, -0x1.328988p-5f, \
      0x1.6c18b6p-5f, -0x1.0b103ap-5f, 0x1.abaee4p-7f) \
  ROW(8, 0x1.203bf2p1f, 0x1.ff41fcp-1f, 0x1.d03d6ap-8f, -0x1.055812p-6f, \
      0x1.61a8ecp-6f, -0x1.37e7dep-6f, 0x1.5ac6bep-7f) \
  ROW(9, 0x1.3d51f8p1f, 0x1.ffc45cp-1f, 0x1.3ce186p-9f, -0x1.88c554p-8f, \
      0x1.2a2bp-7f, -0x1.31cd2p-7f, 0x1.a94712p-8f) \
  ROW(10, 0x1.5a843ep1f, 0x1.ffef1ap-1f, 0x1.845502p-11f, -0x1.06cd6cp-9f, \
      0x1.b9e71ep-9f, -0x1.0173dep-8f, 0x1.aac41p-9f) \
  ROW(11, 0x1.779b94p1f, 0x1.fffba4p-1f, 0x1.aef04ep-13f, -0x1.3c1b5p-11f, \
      0x1.232b2p-10f, -0x1.7aece4p-10f, 0x1.6a9b76p-10f) \
  ROW(12, 0x1.942c7cp1f, 0x1.fffef4p-1f, 0x1.ba9bd2p-15f, -0x1.5d5698p-13f, \
      0x1.5d2f96p-12f, -0x1.f48e1ep-12f, 0x1.098b18p-11f) \
  ROW(13, 0x1.b0e432p1f, 0x1.ffffc6p-1f, 0x1.983646p-17f, -0x1.590dfcp-15f, \
      0x1.73ed96p-14f, -0x1.231bc6p-13f, 0x1.53007p-13f) \
  ROW(14, 0x1.ccc9e8p1f, 0x1.fffff4p-1f, 0x1.648546p-19f, -0x1.205cecp-17f, \
      0x1.63d3e4p-16f, -0x1.de4d6p-14f, 0x1.7896a8p-13f) \
  ROW(15, 0x1.ea8f9p1f, 0x1.fffffep-1f, 0x1.fa4992p-22f, -0x1.e4e394p-20f, \
      0x1.2b1982p-18f, -0x1.115c9cp-17f, 0x1.77cafp-17f)
/* clang-format on */

#ifdef __AVX512F__
#define ROW(i, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13)                         \
  [0][i] = c0, [1][i] = c1, [2][i] = c2, [3][i] = c3, [4][i] = c4, [5][i] = c5, [6][i] = c6,       \
  [7][i] = c7, [8][i] = c8, [9][i] = c9, [10][i] = c10, [11][i] = c11, [12][i] = c12,              \
  [13][i] = c13,
static const double erf_columns[ERF_WIDTH][16] __attribute__((aligned(64))) = {ERF_ROWS(ROW)};
#else
#define ROW(i, ...) {__VA_ARGS__},
static const double erf_rows[16][16] __attribute__((aligned(32))) = {ERF_ROWS(ROW)};
#endif
#undef ROW
#ifdef __AVX2__
#define ROW(i, c0, c1, c2, c3, c4, c5, c6)                                                         \
  [0][i] = c0, [1][i] = c1, [2][i] = c2, [3][i] = c3, [4][i] = c4, [5][i] = c5, [6][i] = c6,
static const float erf_columns_f[ERF_WIDTH_F][16] __attribute__((aligned(64))) = {ERF_ROWS_F(ROW)};
#else
#define ROW(i, ...) {__VA_ARGS__},
static const float erf_rows_f[16][8] __attribute__((aligned(16))) = {ERF_ROWS_F(ROW)};
#endif
#undef ROW

#endif
