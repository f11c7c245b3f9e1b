# CUDA, optional: -DASSAY_CUDA=ON (preset `cuda`). CMake 3.25 does not know that nvcc 13
# takes -std=c++20, and cannot give each file its own architectures: both are said here.
#
# ASSAY_CUDA_ARCHITECTURES: "80;90a" for the tests, "80;89;90a" for releases. A source called *_sm90.cu is built for 90a
# only and left out without it, where one called *_without_sm90.cc stands for it; the code of every other source runs on
# sm_80 and later.
option(ASSAY_CUDA "Build the CUDA device code and kernels" OFF)
set(ASSAY_CUDA_ARCHITECTURES "80;90a" CACHE STRING "GPU architectures: 80, 89, 90a")

if(ASSAY_CUDA)
  set(CMAKE_CUDA_ARCHITECTURES OFF)
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  list(TRANSFORM CUDAToolkit_INCLUDE_DIRS PREPEND "-isystem" OUTPUT_VARIABLE ASSAY_CUDA_INCLUDE)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  string(APPEND CMAKE_CUDA_FLAGS " --expt-relaxed-constexpr -Xfatbin=-compress-all -Xcompiler=-Wall,-Wextra")
  if(ASSAY_WERROR)
    string(APPEND CMAKE_CUDA_FLAGS " -Werror=all-warnings")
  endif()
  if(ASSAY_CCACHE)
    set(CMAKE_CUDA_COMPILER_LAUNCHER "${ASSAY_CCACHE}")
  endif()
endif()

# assay_cuda_sources(TARGET files...): adds them to a room if CUDA is on, each for its architectures. *.cu are kernels,
# *.cc call the runtime.
function(assay_cuda_sources target)
  if(NOT ASSAY_CUDA)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    if("90a" IN_LIST ASSAY_CUDA_ARCHITECTURES)
      set(other "_without_sm90\\.cc$")
    else()
      set(other "_sm90\\.cu$")
    endif()
    if(source MATCHES "${other}")
      continue()
    endif()
    set(codes)
    foreach(arch IN LISTS ASSAY_CUDA_ARCHITECTURES)
      if(NOT source MATCHES "_sm90\\.cu$" OR arch STREQUAL "90a")
        list(APPEND codes "-gencode=arch=compute_${arch},code=sm_${arch}")
      endif()
    endforeach()
    if(source MATCHES "\\.cu$")
      set(options ${codes})
    else()
      set(options ${ASSAY_CUDA_INCLUDE})
    endif()
    set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/${source}" TARGET_DIRECTORY ${target}
                                PROPERTIES COMPILE_OPTIONS "${options}")
    target_sources(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
  # Linked, without its headers for every file: the files that do not use CUDA compile as they do without it, and a
  # compiler cache knows them from the preset `release`.
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES "$<LINK_ONLY:CUDA::cudart_static>")
endfunction()
