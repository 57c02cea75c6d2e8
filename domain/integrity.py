async def check():
    return []
