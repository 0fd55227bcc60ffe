# `just verify` never writes; `just fix` does.

default:
    @just --list

# everything that must hold, as in CI
verify:
    tests/run

# format, and what clippy can mend by itself
fix:
    cargo fmt --all
    cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged

# tests whose name contains one of the words
test *words:
    tests/run {{words}}

# three nodes on this machine, with a demo facility
dev *args:
    cargo run --release -- dev {{args}}

# load against a cluster that runs
bench *args:
    cargo run --release -- bench {{args}}

# cut the power of all three nodes, `cuts` times on one and the same store
fault cuts="20":
    COURTD_TEST_CUTS={{cuts}} cargo test --test faults power_cut -- --nocapture
    cargo test --features planted-bugs --test faults without_fdatasync -- --nocapture

# have providers misbehave and leaders die while people are told, on one cluster for so many seconds
told for="600":
    COURTD_TEST_FOR={{for}} cargo test --test faults told -- --nocapture
    cargo test --features planted-bugs --test faults a_planted -- --nocapture
