"""The blob store back ends keep one contract."""
