# `just verify` never writes; `just fix` does.

default:
    @just --list
