# Language level, warnings and sanitizers for every target. No -march here: CPU variants use target attributes and a
# run-time choice, so that one binary runs everywhere and says what it ran.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# A product and a sum written apart stay apart: references and block encoders must give the same bits on every machine.
# (nvcc's own flags are in AssayCuda.cmake.)
set(languages "$<COMPILE_LANGUAGE:C,CXX>")
add_compile_options("$<${languages}:-ffp-contract=off;-fno-math-errno>")
add_compile_options("$<${languages}:-Wall;-Wextra;-Wshadow;-Wimplicit-fallthrough>")
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Woverloaded-virtual>")
# GCC warns that vector types in templates lose their alignment attribute; the variants use them on purpose. Its version
# 12 sees overlapping copies in std::string's operator+ that are not there (GCC bug 105329).
add_compile_options("$<$<AND:${languages},$<CXX_COMPILER_ID:GNU>>:-Wno-psabi;-Wno-ignored-attributes;-Wno-restrict>")
if(ASSAY_WERROR)
  add_compile_options("$<${languages}:-Werror>")
endif()
if(ASSAY_SANITIZE)
  add_compile_options(-fsanitize=${ASSAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ASSAY_SANITIZE})
endif()
if(ASSAY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${ASSAY_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ASSAY_CCACHE}")
endif()
