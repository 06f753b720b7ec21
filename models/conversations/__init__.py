"""Conversations, and two that become one."""
