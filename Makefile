# One line each: what is behind it stands in scripts/ or is cargo's.
.PHONY: demo test setup fmt lint advisories simulate campaign chaos bench bench-linkage image
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(HOME)/.cargo/bin:$(PATH)

# Everything on sample leads: embedded; `make demo BROKER=kafka` on a broker that it starts; or BROKER=host:port.
demo:
	@scripts/demo "$(BROKER)"

# All set-up, all tests.
test: setup
	@scripts/test

# Installs what is missing; quick when nothing is.
setup:
	@scripts/setup

fmt:
	cargo fmt --all

lint:
	cargo clippy --workspace --all-targets -- -D warnings

# Known vulnerabilities of dependencies; needs the advisory database, so not part of `make test`.
advisories: setup
	cargo deny check advisories

# Runs the whole pipeline on a model of Kafka under faults: SEEDS=100000 FROM=0 JOBS=2, or SEED=7 for one with its trace.
simulate:
	cargo build --quiet --package simulator
	@target=$${CARGO_TARGET_DIR:-target}; if [ -n "$(SEED)" ]; then $$target/debug/simulate --seed $(SEED); else \
	  $$target/debug/simulate --seeds $(or $(SEEDS),1000) --from $(or $(FROM),0) --jobs $(or $(JOBS),$$(nproc)); fi

# Kills services of a site on a real broker while leads go in, and lets the checker judge.
campaign: setup
	cargo build --workspace --bins && cd tests && python -m campaign $(ARGS)

# Everything that can be done to a site, three brokers and their network: MINUTES=10, ARGS="--only broker".
chaos: setup
	cargo build --workspace --bins && cd tests && python -m campaign.chaos --minutes $(or $(MINUTES),10) $(ARGS)

# Rates of the pure cores, and a site on a real broker against a plain copy; docs/bench.md says what is what.
bench: setup
	cd tests && python -m bench $(ARGS)

# Our record linkage beside Splink on labelled sets, and its self-tests; writes docs/linkage.md.
bench-linkage:
	@scripts/bench-linkage $(ARGS)

image:
	docker build -t leadshare .
