"""The rules of ``pkg/apis/*/validation``: one module for each family of kinds."""
