"""Make the buttons that answer a question of a flow."""

from core.messages import Answer, Option, Tap


def option_buttons(flow: str, instance: str, question: str, options: tuple[Option, ...]) -> tuple[Tap, ...]:
    """Return the buttons that answer one question of a flow's instance."""
    return tuple(option_button(flow, instance, question, option) for option in options)


def option_button(flow: str, instance: str, question: str, option: Option) -> Tap:
    """Return the button for one answer."""
    return Tap(option.label, Answer(flow, instance, question, option.value).data(), option.label)
