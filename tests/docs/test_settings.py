def test_the_page_of_settings_is_what_the_program_has(page_maker):
    settings = page_maker("make_settings")
    assert settings.PAGE.read_text() == settings.page(), "run: python docs/make_settings.py"
