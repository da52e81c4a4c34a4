// The part of ONNX Runtime's C interface that this package uses, described by slot number.
//
// ONNX Runtime hands out one table of function pointers. The table only ever grows at its end, so
// slot N means the same function in every version that has it. Nothing is linked: the table comes
// from `OrtGetApiBase` of a library that is already loaded. Never read a slot newer than the
// running library (see the "since" remarks): the memory behind the table's end is not a table.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_H
#define PAGED_ATTENTION_ONNX_RUNTIME_H

#include "OnnxRuntimeTypes.h"
#include "OnnxRuntimeHostSlots.h"
#include "OnnxRuntimeKernelSlots.h"
#include "OnnxRuntimeCustomOperator.h"
#include "OnnxRuntimeDevice.h"
#include "OnnxRuntimeProvider.h"
#include "OnnxRuntimeProviderSlots.h"

#endif
