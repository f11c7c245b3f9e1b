// SPDX-License-Identifier: Apache-2.0
// fmt as part of a portable program (ASSAY_STATIC): Debian has its headers and a shared library, but no
// archive. Its header of definitions, compiled once, is the library; the templates below are those that other
// units expect in it. (fmt's header-only mode would compile all of it again in every unit: 3 s instead of
// 0.5.)
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {
template locale_ref::locale_ref(const std::locale&);
template std::locale locale_ref::get() const;
template thousands_sep_result<char> thousands_sep_impl(locale_ref);
template char decimal_point_impl(locale_ref);
template dragonbox::decimal_fp<float> dragonbox::to_decimal(float) noexcept;
template dragonbox::decimal_fp<double> dragonbox::to_decimal(double) noexcept;
template void buffer<char>::append(const char*, const char*);
template void vformat_to(buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref);
}  // namespace detail
FMT_END_NAMESPACE
