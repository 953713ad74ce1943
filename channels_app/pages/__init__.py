"""The pages people talk on."""
