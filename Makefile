# Commands of the project. Each script says in its first comment what it does.
SHELL := /bin/bash
MODEL ?= Models/tiny-paged
HOST ?= 127.0.0.1
PORT ?= 8080
FUZZ_SECONDS ?= 60
BUILD := swift build --configuration release

.PHONY: help serve test ptx fuzz plugin wheel bench format lint onnxruntime build clean

help:            ## Show this list
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo; echo "Variables: MODEL=$(MODEL) HOST=$(HOST) PORT=$(PORT) ARGS= (more flags for paged)"

serve: build     ## Build what is missing and serve MODEL on HOST:PORT
	@exec .build/release/paged serve --model "$(MODEL)" --host "$(HOST)" --port "$(PORT)" $(ARGS)

build: onnxruntime ## Build the paged tool (release)
	@Scripts/check-swift.sh
	@$(BUILD) --product paged

onnxruntime:     ## Fetch the pinned ONNX Runtime into build/onnxruntime
	@Scripts/fetch-onnxruntime.sh

test: onnxruntime ## Run every test: Swift (release), the plugin in onnxruntime, the openai client
	@Scripts/check-swift.sh
	@Scripts/test.sh

ptx:             ## Compile the CUDA kernels to PTX with the pinned NVRTC, after a change of them
	@Scripts/cuda-compile.py ptx

fuzz:            ## Fuzz the operator under AddressSanitizer for FUZZ_SECONDS=60
	@Scripts/check-swift.sh
	@FUZZ_SECONDS="$(FUZZ_SECONDS)" Scripts/fuzz.sh $(ARGS)

plugin:          ## Build build/libpagedattention.so, the ONNX Runtime plugin
	@Scripts/check-swift.sh
	@Scripts/make-plugin.sh

wheel:           ## Build the Python wheel onnxruntime-paged-attention into build/wheels
	@Scripts/check-swift.sh
	@Scripts/make-wheel.sh

bench: build     ## Measure kernels, calls, scheduler, tokenizers, and engine, beside peers; results in Benchmarks/Results
	@Scripts/bench.sh

format:          ## Format the Swift sources in place
	@swift format --in-place --parallel --recursive Package.swift Sources Tests Examples

lint:            ## Check format, the module map and the table in README
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests Examples
	@python3 Scripts/check-layers.py
	@python3 Scripts/feature-table.py --check

clean:           ## Remove everything that was built or fetched
	@rm -rf .build build
