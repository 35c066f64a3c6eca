"""The two account types: endpoints, fields, limits and parsing. Everything that differs between them is here.

``fields``   every field name, once
``base``     ``AccountApi``, and how a private request is sent
``classic``  ``ClassicApi``, ``/api/v2/mix``
``unified``  ``UnifiedApi``, ``/api/v3``
"""
