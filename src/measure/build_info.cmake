# Writes OUTPUT, a header that says which source was built and how. Run at every build: a commit or an edit between two
# builds must not leave an old revision in the records. The file is touched only if its content changes.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(revision "")
endif()
set(content "#define ASSAY_GIT_REVISION \"${revision}\"
#define ASSAY_VERSION \"${VERSION}\"
#define ASSAY_BUILD_FLAGS \"${FLAGS}\"
")
set(old "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" old)
endif()
if(NOT old STREQUAL content)
  file(WRITE "${OUTPUT}" "${content}")
endif()
