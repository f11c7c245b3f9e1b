# cmake -DINPUT=FILE -DOUTPUT=FILE.cc -DNAME=kName -P embed_text.cmake
#
# Writes a source file that defines assay::report::NAME, the bytes of INPUT as a std::string_view; empty if INPUT does not
# exist. The text is cut into string literals well under the compilers' limit of 65,536 characters.
if(EXISTS "${INPUT}")
  file(READ "${INPUT}" text)
endif()
set(literals "")
string(LENGTH "${text}" left)
set(at 0)
while(left GREATER 0)
  string(SUBSTRING "${text}" ${at} 15000 piece)
  string(LENGTH "${piece}" length)
  string(APPEND literals "R\"ASSAY(${piece})ASSAY\"\n")
  math(EXPR at "${at} + ${length}")
  math(EXPR left "${left} - ${length}")
endwhile()
file(WRITE "${OUTPUT}" "#include \"report/page_parts.h\"\nnamespace assay::report {\nconst std::string_view ${NAME}(\n")
file(APPEND "${OUTPUT}" "${literals}\"\");\n}  // namespace assay::report\n")
