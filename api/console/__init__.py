"""The agents' console: sign-in, queue, case, actions."""
