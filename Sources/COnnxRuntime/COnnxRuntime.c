// The target is its headers; a C target needs one file to compile.
#include "COnnxRuntime.h"
