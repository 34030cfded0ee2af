"""Providers (服务人员): who they are, what they can do, where and when."""
