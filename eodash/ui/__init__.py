"""The only Streamlit below the pages: here stages are composed."""
