"""What a password must be."""

from django.contrib.auth.password_validation import MinimumLengthValidator


class LongEnough(MinimumLengthValidator):
    """Django's rule of length, with the sentence that its Chinese translation lacks in 5.2."""

    def get_error_message(self) -> str:
        """What is wrong and what to do, with the limit."""
        return f"密码太短，请至少使用 {self.min_length} 个字符。"
