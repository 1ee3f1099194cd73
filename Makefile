# SPDX-License-Identifier: GPL-2.0-only
# The front for people outside a kernel tree. `make help' says what there is.

KDIR ?= /lib/modules/$(shell uname -r)/build
RUN_LANES := 686-pae amd64
# Lanes whose kernel is built here take minutes each: only when they are asked for.
CHECK_LANES := $(patsubst lab/lanes/%.lane,%,$(shell grep -L "^LANE_KIND=source" lab/lanes/*.lane))
SOURCE_LANES := $(patsubst lab/lanes/%.lane,%,$(shell grep -l "^LANE_KIND=source" lab/lanes/*.lane))
HOST := build/host
MODULE := build/module
driver := drivers/misc/kmap_bench

export PATH := $(PATH):/usr/sbin:/sbin

help:
	@echo 'On any machine, on kernels that the lab fetches and boots:'
	@echo '  make run      compare the maps on a HIGHMEM kernel and on one without'
	@echo '  make check    run all tests; make check LANES="686-pae" on these lanes only'
	@echo '  make check-mutants  put mistakes into kernels and see the tests notice (hours);'
	@echo '                make check-mutants MUTANTS="pkmap.*"'
	@echo '  make check-intree   build and run as part of a kernel tree, and by kunit.py'
	@echo '  make bench-sensitivity  how small a slowdown is found, and how often one that'
	@echo '                is none (two hours, on a machine that does nothing else)'
	@echo '  make bench-scale    what large result files cost'
	@echo
	@echo 'On this machine and its own kernel:'
	@echo '  make modules  build the module against KDIR=$(KDIR)'
	@echo '  make tool     build the command kmapbench'
	@echo '  make install  install both and load the module; then: kmapbench run'
	@echo
	@echo '  make deps     install the Debian packages that make run and make check need;'
	@echo '                make deps-built those that kernels are built with'
	@echo '  make clean    remove build/; results in out/ and the cache stay'

run: deps-run
	@scripts/run $(RUN_LANES)

check: deps-check
	@scripts/check $(or $(LANES),$(CHECK_LANES))

check-mutants: deps-built
	@scripts/check-mutants $(MUTANTS)

check-intree: deps-built
	@scripts/check-intree

bench-sensitivity: deps-bench
	@scripts/bench-sensitivity $(EXPERIMENTS)

bench-scale: deps-bench
	@scripts/bench-scale

deps: deps-check

deps-run:
	@scripts/deps $(RUN_LANES)

deps-check:
	@scripts/deps --check $(or $(LANES),$(CHECK_LANES))

# Whatever a kernel is built with here
deps-built:
	@scripts/deps --check $(SOURCE_LANES)

deps-bench:
	@scripts/deps --bench 686-pae um-7.3

tool:
	$(MAKE) -C tools/kmapbench O=$(CURDIR)/$(HOST)

modules:
	@test -e '$(KDIR)/Makefile' || { \
		echo 'make: $(KDIR): no kernel to build against' >&2; \
		echo '  install the headers of your kernel, or give KDIR=' >&2; exit 2; }
	@mkdir -p $(MODULE)
	cp -u $(driver)/* $(MODULE)/
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(MODULE) CONFIG_KMAP_BENCH=m modules

# Into the running kernel: load it too. Elsewhere (DESTDIR, another KDIR) only install.
install: modules tool
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(MODULE) CONFIG_KMAP_BENCH=m \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(MAKE) -C tools/kmapbench O=$(CURDIR)/$(HOST) install
	@if [ -n '$(DESTDIR)' ] || [ "$$(make -s -C $(KDIR) kernelrelease)" != "$$(uname -r)" ]; then \
		echo 'Installed. On that kernel: modprobe kmap_bench && kmapbench run'; \
	else \
		modprobe kmap_bench && echo 'Installed and loaded. Now: kmapbench run'; \
	fi

clean:
	rm -rf build

.PHONY: help run check check-mutants check-intree bench-sensitivity bench-scale
.PHONY: deps deps-run deps-check deps-built deps-bench tool modules install clean
