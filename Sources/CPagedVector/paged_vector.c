#include "paged_vector.h"
