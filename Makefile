# Every command installs what it lacks, says so, and never asks. `make help` lists them.

.DEFAULT_GOAL := help
# Where rustup puts cargo, for shells that do not know it yet.
export PATH := $(HOME)/.cargo/bin:$(PATH)
.PHONY: help run dev test check bench pictures site

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: site ## build everything and start the demo on http://127.0.0.1:3000
	cargo build --release
	target/release/muster demo

dev: ## the demo, built anew and started again on every change
	@tools/setup build
	@tools/dev

test: site ## all tests, in Rust and in a browser; ends with the totals
	@tools/setup test
	@tools/site --sizes
	@tools/test

check: ## format, lints, dependencies, licences
	@tools/setup build check
	@tools/check

bench: site ## figures of this machine, beside the floors measured in the same run
	@tools/setup bench
	cargo bench --package server --bench sign_in

pictures: site ## screenshots of every page, into target/pictures, and those in the README and docs
	@tools/setup test
	cargo build --release
	cd end2end && node_modules/.bin/playwright test --config pictures.config.ts

site: ## only the browser side, into target/site
	@tools/setup build
	@tools/site
