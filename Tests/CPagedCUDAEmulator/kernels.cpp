// The kernels themselves, compiled for the emulator.
#include "emulated.hpp"

#include "../../Sources/CPagedCUDA/Kernels/prologue.cu"

#include "../../Sources/CPagedCUDA/Kernels/portable.cu"

#include "../../Sources/CPagedCUDA/Kernels/tile.cu"

#include "../../Sources/CPagedCUDA/Kernels/latent.cu"

#include "../../Sources/CPagedCUDA/Kernels/hopper_prompt.cu"

#include "../../Sources/CPagedCUDA/Kernels/math.cu"

#include "../../Sources/CPagedCUDA/Kernels/small_tile.cu"

#include "../../Sources/CPagedCUDA/Kernels/sparse.cu"
