"""The version that programs see."""

VERSION = "0.1.0"
