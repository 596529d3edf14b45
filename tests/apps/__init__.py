"""Tests of application repositories."""
